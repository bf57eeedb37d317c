"""The child process that decodes what strangers made; nothing else of the house is loaded in it.

    python -m fedi.core.media.decoder < order > report

An order is a JSON object (see `fedi.core.media.child`), a report another. The process gives up
network, memory, time and size of files before it looks at the file; ffmpeg, where it is needed,
inherits all that.
"""
