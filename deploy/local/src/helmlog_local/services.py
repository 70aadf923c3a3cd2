"""The services of Helmlog, as the local stack sees them."""

from dataclasses import dataclass

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Service:
    """`name` is short ("okr"): it gives the database, the module, the path and the variable."""

    name: str
    default_port: int

    @property
    def full_name(self) -> str:
        return f"{self.name}-service"

    @property
    def module(self) -> str:
        return f"{self.name}_service"

    @property
    def port_variable(self) -> str:
        return f"HELMLOG_{self.name.upper()}_PORT"


SERVICES = (
    Service("okr", 8001),
    Service("kpi", 8002),
    Service("alignment", 8003),
    Service("audit", 8004),
)


def find_service(name: str) -> Service:
    """By short or full name; raises LookupError that lists the names there are."""
    for service in SERVICES:
        if name in {service.name, service.full_name}:
            return service
    known = ", ".join(service.full_name for service in SERVICES)
    raise LookupError(f"there is no service '{name}'; there are: {known}")
