namespace Cluster.Serialization;

/// <summary>The names of the properties that an error record has as a body. They are what a user reads on the object.</summary>
internal static class ErrorField
{
    public const string Message = "Message";
    public const string Category = "Category";
    public const string Id = "Id";
    public const string Target = "Target";
    public const string Stack = "Stack";
    public const string Position = "Position";
    public const string Activity = "Activity";
    public const string Reason = "Reason";
    public const string TargetName = "TargetName";
    public const string TargetType = "TargetType";
    public const string ExceptionType = "ExceptionType";
    public const string ExceptionMessage = "ExceptionMessage";
    public const string InnerExceptionTypes = "InnerExceptionTypes";
    public const string InnerExceptionMessages = "InnerExceptionMessages";
    public const string CategoryMessage = "CategoryMessage";
    public const string Details = "Details";
    public const string RecommendedAction = "RecommendedAction";
    public const string ScriptName = "ScriptName";
    public const string Line = "Line";
    public const string LineNumber = "LineNumber";
    public const string Offset = "Offset";
    public const string CommandName = "CommandName";
}
