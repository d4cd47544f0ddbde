"""What all tests start from."""

import signal

if hasattr(signal, "SIGHUP"):  # `nohup make test` ignores it, which every process that a test starts would inherit
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
