using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace ClusterHost.Hosting;

/// <summary>Says of a well-known command that is not here that full PowerShell has it.</summary>
internal static class CommandHints
{
    private static readonly HashSet<string> FullPowerShellOnly = new(StringComparer.OrdinalIgnoreCase)
    {
        "Clear-Content", "Clear-History", "Clear-Item", "Clear-RecycleBin", "Clear-Variable", "Compare-Object", "Compress-Archive",
        "Convert-Path", "ConvertFrom-Csv", "ConvertFrom-Markdown", "ConvertFrom-SecureString", "ConvertFrom-StringData", "ConvertTo-Csv",
        "ConvertTo-Html", "ConvertTo-SecureString", "ConvertTo-Xml", "Expand-Archive", "Export-Alias", "Export-Clixml", "Export-Csv",
        "Format-Custom", "Format-Hex", "Format-Wide", "Get-Acl", "Get-Alias", "Get-Clipboard", "Get-ComputerInfo", "Get-Counter",
        "Get-Credential", "Get-ExecutionPolicy", "Get-FileHash", "Get-HotFix", "Get-ItemProperty", "Get-PSBreakpoint", "Get-PSCallStack",
        "Get-PSDrive", "Get-PSProvider", "Get-Runspace", "Get-SecureRandom", "Get-Service", "Get-TimeZone", "Get-TraceSource", "Get-TypeData",
        "Get-UICulture", "Get-Unique", "Get-Uptime", "Get-Verb", "Import-Alias", "Import-Clixml", "Import-Csv", "Import-LocalizedData",
        "Install-Module", "Install-PSResource", "Invoke-Pester", "Invoke-RestMethod", "Invoke-WebRequest", "Join-String", "Move-Item",
        "New-Alias", "New-Event", "New-PSDrive", "New-Service", "New-TemporaryFile", "New-TimeSpan", "Out-File", "Out-GridView", "Out-Printer",
        "Read-Host", "Rename-Item", "Save-Module", "Save-PSResource", "Select-String", "Select-Xml", "Send-MailMessage", "Set-Acl",
        "Set-Alias", "Set-Clipboard", "Set-Date", "Set-ExecutionPolicy", "Set-Item", "Set-ItemProperty", "Set-PSBreakpoint",
        "Set-TimeZone", "Show-Markdown", "Start-Process", "Start-Service", "Start-ThreadJob", "Start-Transcript", "Stop-Computer",
        "Stop-Service", "Stop-Transcript", "Tee-Object", "Test-Connection", "Test-Json", "Trace-Command", "Unblock-File", "Update-FormatData",
        "Update-TypeData", "Wait-Debugger",
    };

    /// <summary>Watches for command names that are not found.</summary>
    public static void Install(Runspace runspace) =>
        runspace.SessionStateProxy.InvokeCommand.CommandNotFoundAction = static (_, found) =>
        {
            if (FullPowerShellOnly.Contains(found.CommandName))
            {
                string text = $"The command '{found.CommandName}' is not part of this embedded host. Full PowerShell has it: install pwsh (https://aka.ms/powershell) and run the script with it.";
                found.CommandScriptBlock = ScriptBlock.Create("throw [System.Management.Automation.CommandNotFoundException]::new('" + text.Replace("'", "''", StringComparison.Ordinal) + "')");
                found.StopSearch = true;
            }
        };
}
