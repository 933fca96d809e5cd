from referencedata.admin import runs, values

__all__ = ["runs", "values"]
