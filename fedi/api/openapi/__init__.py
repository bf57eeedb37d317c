"""What the client API takes and gives, as data, and the OpenAPI document that follows from it."""
