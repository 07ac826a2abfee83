// Carries the precompiled headers of unit tests; has no code.
