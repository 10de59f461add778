"""What people say of the service: ratings of one event each, what a bad one or a complaint sets right, and questions with their answers."""
