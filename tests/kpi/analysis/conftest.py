import os

# As in the processes that reckon: read when numpy is loaded, which the tests here do after this.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
