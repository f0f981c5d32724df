using System.Management.Automation;
using System.Reflection;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace ClusterHost.Commands.Objects;

/// <summary>Connects commands to the engine's formatter, which the engine offers to its own assemblies only.</summary>
internal static class EngineFormatting
{
    private const string Namespace = "Microsoft.PowerShell.Commands.Internal.Format.";
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Assembly Engine = typeof(PSObject).Assembly;

    private static readonly FieldInfo Implementation =
        typeof(FrontEndCommandBase).GetField("implementation", Any)
        ?? throw new MissingFieldException(nameof(FrontEndCommandBase), "implementation");

    /// <summary>Makes a command lay out its input as "Table" or "List".</summary>
    public static void UseShape(FrontEndCommandBase command, string shape)
    {
        object value = Enum.Parse(Find("FormatShape"), shape);
        Implementation.SetValue(command, Create("InnerFormatShapeCommand", value));
    }

    /// <summary>Makes a command write its formatted input to a text writer.</summary>
    public static void UseWriter(FrontEndCommandBase command, TextWriter writer, int width)
    {
        object manager = Create("OutputManagerInner");
        object lines = Create("TextWriterLineOutput", writer, width);
        PropertyInfo output = manager.GetType().GetProperty("LineOutput", Any)
            ?? throw new MissingMemberException("OutputManagerInner", "LineOutput");
        output.SetValue(manager, lines);
        Implementation.SetValue(command, manager);
    }

    private static Type Find(string name) => Engine.GetType(Namespace + name, throwOnError: true)!;

    private static object Create(string type, params object[] arguments)
    {
        ConstructorInfo constructor = Find(type).GetConstructor(Any, [.. arguments.Select(a => a is TextWriter ? typeof(TextWriter) : a.GetType())])
            ?? throw new MissingMethodException(type, ".ctor");
        return constructor.Invoke(arguments);
    }
}
