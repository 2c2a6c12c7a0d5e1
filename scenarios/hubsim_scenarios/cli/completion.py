"""`hubsim completion`: print the script with which a shell completes hubsim's commands."""

import click
from click.shell_completion import get_completion_class

_PROGRAM = "hubsim"
_VARIABLE = "_HUBSIM_COMPLETE"
"""The environment variable with which the script asks for completions; click's name for it."""


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    r"""Print the script for a shell, which completes commands, options and their values.

    Add one of these lines to the start file of your shell:

    \b
      bash, ~/.bashrc:   eval "$(hubsim completion bash)"
      zsh, ~/.zshrc:     eval "$(hubsim completion zsh)"
      fish, config.fish: hubsim completion fish | source
    """
    made = get_completion_class(shell)
    assert made is not None, "click completes in these shells"
    script = made(ctx.find_root().command, {}, _PROGRAM, _VARIABLE)
    click.echo(script.source_template % script.source_vars())
