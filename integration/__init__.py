"""The two other systems, and how we are connected to them.

In come values to send and questions to ask; out go answers as values, and errors named by what must happen next. It knows neither what
is exported nor what is copied: `referencedata` and `exports` use it, never the other way.
"""
