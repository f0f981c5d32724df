using System.Management.Automation;

namespace ClusterHost.Commands.Objects;

/// <summary>Lets <c>-Encoding</c> take PowerShell's names.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class EncodingTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is string name && TextEncodings.Find(name) is { } encoding
            ? encoding
            : inputData;
}
