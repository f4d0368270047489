"""Runs a command on a terminal of its own: what is typed comes from stdin, what it shows goes to stdout.

Arguments: columns, command, words. Ends with the code of the command.
"""

import fcntl
import os
import pty
import selectors
import struct
import sys
import termios

columns, command = int(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(command[0], command)

watched = selectors.DefaultSelector()
watched.register(terminal, selectors.EVENT_READ)
watched.register(0, selectors.EVENT_READ)
shown = True
while shown:
    for key, _ in watched.select():
        if key.fd == 0:
            typed = os.read(0, 4096)
            if typed:
                os.write(terminal, typed)
            else:
                watched.unregister(0)
            continue
        try:
            output = os.read(terminal, 65536)
        except OSError:  # Nobody has the terminal open any more.
            output = b""
        shown = output != b""
        while output:
            output = output[os.write(1, output) :]
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
