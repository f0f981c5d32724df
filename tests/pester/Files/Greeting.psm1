function Get-Greeting {
    "hello from $($MyInvocation.MyCommand.ModuleName)"
}
