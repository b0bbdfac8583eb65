"""Benchmarks of time and memory: one script per question, and shared modules. See README.md in this folder."""
