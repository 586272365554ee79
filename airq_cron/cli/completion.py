"""`airq completion`: let the shell finish what a person begins to type."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
# Where each shell looks for it; said under --help.
VARIABLE = "_AIRQ_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """
    Print what lets a shell complete commands and options.

    \b
    bash: airq completion bash > ~/.local/share/bash-completion/completions/airq
    zsh:  airq completion zsh > "${fpath[1]}/_airq"
    fish: airq completion fish > ~/.config/fish/completions/airq.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    root = ctx.find_root()
    made = kind(root.command, {}, "airq", VARIABLE)
    click.echo(kind.source_template % made.source_vars())
