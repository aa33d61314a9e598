"""The processes of the service: scheduler, web server, and the supervisor of both."""
