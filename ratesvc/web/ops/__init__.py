"""For whoever runs the service: health and metrics."""
