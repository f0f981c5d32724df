using System.Text;

namespace ClusterHost.CommandLine;

/// <summary>Reads pwsh's switches, in any of the short forms that pwsh takes.</summary>
internal static class CommandLineParser
{
    private static readonly string[] Policies =
        ["AllSigned", "Bypass", "Default", "RemoteSigned", "Restricted", "Undefined", "Unrestricted"];

    /// <summary>Parses <paramref name="args"/>, or throws a <see cref="CommandLineException"/>.</summary>
    public static HostOptions Parse(string[] args)
    {
        var options = new HostOptions();
        var reader = new ArgumentReader(args);
        while (reader.TryRead(out string argument))
        {
            string trimmed = argument.Trim();
            if (trimmed.Length == 0)
            {
                continue;
            }
            if (!SwitchName.IsSwitch(trimmed))
            {
                ReadFile(argument, reader, options);
                break;
            }
            if (!ReadSwitch(new SwitchName(trimmed), reader, options))
            {
                break;
            }
        }
        return options;
    }

    private static bool ReadSwitch(SwitchName name, ArgumentReader reader, HostOptions options)
    {
        if (name.Is("version", "v"))
        {
            options.Action = HostAction.ShowVersion;
            return false;
        }
        if (name.Is("help", "h") || name.Is("?", "?"))
        {
            options.Action = HostAction.ShowHelp;
            return false;
        }
        if (name.Is("noninteractive", "noni"))
        {
            options.NonInteractive = true;
            return true;
        }
        if (name.Is("interactive", "i"))
        {
            options.NonInteractive = false;
            return true;
        }
        if (name.Is("noprofile", "nop") || name.Is("nologo", "nol") || name.Is("noprofileloadtime", "noprofileloadtime"))
        {
            return true;
        }
        if (name.Is("executionpolicy", "ex") || name.Is("ep", "ep"))
        {
            string policy = reader.ReadValue(name);
            options.ExecutionPolicy = Array.Find(Policies, p => p.Equals(policy, StringComparison.OrdinalIgnoreCase))
                ?? throw new CommandLineException($"'{policy}' is not an execution policy. Use one of: {string.Join(", ", Policies)}.");
            return true;
        }
        if (name.Is("workingdirectory", "wo") || name.Is("wd", "wd"))
        {
            options.WorkingDirectory = reader.ReadValue(name);
            return true;
        }
        if (name.Is("outputformat", "o") || name.Is("of", "o") || name.Is("inputformat", "inp") || name.Is("if", "if"))
        {
            RequireText(name, reader.ReadValue(name));
            return true;
        }
        return ReadProgram(name, reader, options);
    }

    private static bool ReadProgram(SwitchName name, ArgumentReader reader, HostOptions options)
    {
        if (name.Is("commandwithargs", "commandwithargs") || name.Is("cwa", "cwa"))
        {
            options.Action = HostAction.RunCommand;
            options.CommandText = reader.ReadValue(name);
            ScriptArguments.Collect(reader, options.Arguments);
            return false;
        }
        if (name.Is("command", "c"))
        {
            ReadCommand(reader.ReadValue(name), reader, options);
            return false;
        }
        if (name.Is("encodedcommand", "e") || name.Is("ec", "e"))
        {
            options.Action = HostAction.RunCommand;
            options.CommandText = Decode(reader.ReadValue(name));
            return true;
        }
        if (name.Is("file", "f"))
        {
            ReadFile(reader.ReadValue(name), reader, options);
            return false;
        }
        throw new CommandLineException(
            $"The switch '{name}' is not known, or only full PowerShell has it. ClusterHost -Help lists the switches.");
    }

    private static void ReadCommand(string text, ArgumentReader reader, HostOptions options)
    {
        if (text != "-")
        {
            options.Action = HostAction.RunCommand;
            options.CommandText = string.Join(' ', [text, .. reader.ReadRest()]);
            return;
        }
        if (reader.ReadRest().Count > 0)
        {
            throw new CommandLineException("Nothing may follow '-Command -': the commands come by standard input.");
        }
        RequireRedirectedInput(options);
    }

    private static void ReadFile(string path, ArgumentReader reader, HostOptions options)
    {
        if (path == "-")
        {
            RequireRedirectedInput(options);
            return;
        }
        string full = Path.GetFullPath(path.Replace('\\', Path.DirectorySeparatorChar));
        if (!File.Exists(full))
        {
            throw new CommandLineException(
                $"The argument '{path}' is not recognized as the name of a script file. Check the spelling of the name, or if a path was included, verify that the path is correct and try again.");
        }
        options.Action = HostAction.RunFile;
        options.ScriptPath = full;
        ScriptArguments.Collect(reader, options.Arguments);
    }

    private static void RequireRedirectedInput(HostOptions options)
    {
        if (!Console.IsInputRedirected)
        {
            throw new CommandLineException("'-' reads the commands from standard input, which is not redirected.");
        }
        options.Action = HostAction.RunStandardInput;
    }

    private static void RequireText(SwitchName name, string format)
    {
        if (!format.Equals("Text", StringComparison.OrdinalIgnoreCase))
        {
            throw new CommandLineException($"'{name}' can only be Text here; full PowerShell has other formats.");
        }
    }

    private static string Decode(string base64)
    {
        try
        {
            return Encoding.Unicode.GetString(Convert.FromBase64String(base64));
        }
        catch (FormatException)
        {
            throw new CommandLineException("The value of -EncodedCommand is not base64 of a UTF-16LE text.");
        }
    }
}
