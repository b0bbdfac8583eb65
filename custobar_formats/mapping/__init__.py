"""The columns of an export to Custobar's fields: a mapping is loaded and checked once, and applied a column at a time.

In: rows as text, and a mapping. Out: records whose values are text, and findings in the export's own terms. Rules: a
value that a step cannot read is a finding, never a guess and never a blank; no column vanishes by accident.
"""
