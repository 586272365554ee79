"""The circuit breaker around every upstream."""
