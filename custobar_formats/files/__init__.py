"""The only folder that opens data: sources and outputs, packed or not."""
