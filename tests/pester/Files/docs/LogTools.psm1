# Stands for a module of the reader's.
function Measure-Log {
    param([Parameter(Mandatory, ValueFromPipeline)] $Path)
    process {
        $lines = @(Get-Content -LiteralPath $Path)
        [pscustomobject]@{ Name = Split-Path $Path -Leaf; Lines = $lines.Count; Errors = @($lines -match 'ERROR').Count }
    }
}
