"""The one error of the way from pages to client."""


class ContractError(Exception):
    """The pages, the companion, an overlay or the configuration cannot become a right client.

    The message says what was expected, what came, where, and what to do.
    """
