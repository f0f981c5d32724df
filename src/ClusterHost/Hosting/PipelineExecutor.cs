using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace ClusterHost.Hosting;

/// <summary>Runs one pipeline after the other with its output formatted to the host, and stops the running one.</summary>
internal sealed class PipelineExecutor(Runspace runspace)
{
    private readonly Lock _lock = new();
    private Pipeline? _current;
    private bool _stopped;

    /// <summary>Whether a pipeline was stopped from outside.</summary>
    public bool WasStopped
    {
        get
        {
            lock (_lock)
            {
                return _stopped;
            }
        }
    }

    /// <summary>Runs a text in the global scope; false when it ended by an error or its last statement failed.</summary>
    public bool RunText(string text, IReadOnlyList<CommandParameter> arguments)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }
        // Only a pipeline of the history leaves its $? behind.
        using Pipeline pipeline = runspace.CreatePipeline(text, addToHistory: true);
        foreach (CommandParameter argument in arguments)
        {
            pipeline.Commands[0].Parameters.Add(argument);
        }
        return Run(pipeline) && LastStatementSucceeded();
    }

    /// <summary>Runs a command; false when it ended by an error, which is then shown.</summary>
    public bool RunCommand(Command command)
    {
        using Pipeline pipeline = runspace.CreatePipeline();
        pipeline.Commands.Add(command);
        return Run(pipeline);
    }

    private bool Run(Pipeline pipeline)
    {
        try
        {
            Invoke(pipeline);
            return true;
        }
        catch (RuntimeException error)
        {
            if (!WasStopped)
            {
                Report(error);
            }
            return false;
        }
    }

    /// <summary>Shows an error as PowerShell formats it.</summary>
    public void Report(RuntimeException error)
    {
        // The record of an exception holds a stand-in for it.
        var record = new ErrorRecord(error.ErrorRecord, error);
        ErrorCaller.Keep(record);
        var command = new Command("[CmdletBinding()] param($Record) $PSCmdlet.WriteError($Record)", isScript: true, useLocalScope: true);
        command.Parameters.Add("Record", record);
        // Whatever the script preferred: this one error is to be shown.
        command.Parameters.Add("ErrorAction", ActionPreference.Continue);
        using Pipeline pipeline = runspace.CreatePipeline();
        pipeline.Commands.Add(command);
        try
        {
            Invoke(pipeline);
        }
        catch (RuntimeException failure)
        {
            Console.Error.WriteLine($"{error.Message}{Environment.NewLine}(and it could not be formatted: {failure.Message})");
        }
    }

    /// <summary>Stops the running pipeline, whose <c>finally</c> blocks run; returns at once.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            _current?.StopAsync();
        }
    }

    private bool LastStatementSucceeded()
    {
        using Pipeline pipeline = runspace.CreatePipeline("$global:?");
        return pipeline.Invoke() is [{ BaseObject: true }];
    }

    private void Invoke(Pipeline pipeline)
    {
        pipeline.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        pipeline.Commands.Add("Out-Default");
        lock (_lock)
        {
            if (_stopped)
            {
                return;
            }
            _current = pipeline;
        }
        try
        {
            pipeline.Invoke();
        }
        finally
        {
            lock (_lock)
            {
                _current = null;
            }
        }
    }
}
