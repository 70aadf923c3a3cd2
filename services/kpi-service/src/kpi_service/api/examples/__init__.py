"""What requests and answers look like, for the OpenAPI document: the answers to one story."""
