"""The only folder that opens anything for data: sources, outputs, and what is packed in them."""
