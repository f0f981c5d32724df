# A terminal that a spec looks at and types in: tmux, with a server of its own and without anybody's settings.

$script:tmuxSocket = "watch-$PID"
$script:patience = 30

# Why there is none on this machine; nothing if there is one.
function Get-TerminalObstacle {
    if ($IsWindows) { 'there is no tmux on Windows' }
    elseif (-not (Get-Command tmux -CommandType Application -ErrorAction Ignore)) { 'tmux is not installed' }
}

function Invoke-Tmux {
    $output = & tmux -u -L $script:tmuxSocket -f /dev/null @args 2>&1
    if ($LASTEXITCODE -ne 0) {
        throw "tmux $($args[0]) failed: $output"
    }
    $output
}

# Starts a program in a terminal of its own. End it with Stop-Terminal.
function Start-Terminal {
    param([string[]] $Command, [int] $Width = 80, [int] $Height = 24)

    Invoke-Tmux new-session -d -x $Width -y $Height @Command
}

# Types keys, by the names that tmux gives them.
function Send-TerminalKey {
    Invoke-Tmux send-keys @args
}

# Types a line and Enter.
function Send-TerminalLine {
    param([string] $Line)

    Invoke-Tmux send-keys -l $Line
    Invoke-Tmux send-keys Enter
}

function Set-TerminalSize {
    param([int] $Width, [int] $Height)

    Invoke-Tmux resize-window -x $Width -y $Height
}

# What is on the screen, line by line. With -Colors also the control sequences of its colours.
function Get-TerminalScreen {
    param([switch] $Colors)

    if ($Colors) { Invoke-Tmux capture-pane -p -e } else { Invoke-Tmux capture-pane -p }
}

# A flag of the terminal, such as cursor_flag (the cursor is shown) and alternate_on (the alternate screen is).
function Get-TerminalFlag {
    param([string] $Name)

    Invoke-Tmux display-message -p "#{$Name}"
}

# Waits until the screen matches; gives its lines. The one place where a spec waits for a terminal.
function Wait-Terminal {
    param([string] $Pattern, [switch] $Colors)

    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    do {
        $lines = @(Get-TerminalScreen -Colors:$Colors)
        if (($lines -join "`n") -match $Pattern) {
            return $lines
        }
        Start-Sleep -Milliseconds 50
    } while ($clock.Elapsed.TotalSeconds -lt $script:patience)
    throw "The screen did not match '$Pattern' within $script:patience s. It showed:`n$($lines -join "`n")"
}

function Stop-Terminal {
    & tmux -L $script:tmuxSocket kill-server 2>$null
}

Export-ModuleMember -Function *-Terminal*
