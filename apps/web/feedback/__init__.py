"""What people say of the service, at the desk: letters to be set right, ratings to be read, questions to be answered."""
