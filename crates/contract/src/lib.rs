//! Checks exchanges with Azure against a table of facts. It knows nothing of windlass.
