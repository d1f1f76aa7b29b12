"""Legacy systems behind one port (`adapters.base`). Knows no POQ: arguments go out, rows or values come back."""
