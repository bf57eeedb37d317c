"""Link previews: what a link in a post leads to, looked up once for everybody."""
