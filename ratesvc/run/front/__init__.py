"""The front: nginx answers readers, the hot answers from files, everything else from the application behind it.

A slow reader, a body that never comes or an expensive page occupies nothing that the hot answers need.
"""
