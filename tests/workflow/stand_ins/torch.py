"""Stand-in: nothing here computes, and importing the real one takes longer than a whole run."""


def set_num_threads(_: int) -> None:
    pass
