from helmlog_web.serve import serve

__all__ = ["serve"]
