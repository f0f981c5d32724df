# HTTP over a Unix socket, and what the access log says.

BeforeAll {
    Import-Module "$PSScriptRoot/SpecHarness.psm1"
    Import-Module "$PSScriptRoot/PortHarness.psm1"
    Import-Module "$PSScriptRoot/../../module/Cluster.psd1"

    function Send-Request([string] $Path, [string] $Target) {
        $client = Connect-Port -Path $Path
        $null = $client.Send([System.Text.Encoding]::ASCII.GetBytes("GET $Target HTTP/1.1`r`nHost: x`r`nUser-Agent: spec`r`nConnection: close`r`n`r`n"))
        Read-ToEnd $client
    }
}

Describe 'A server on a Unix socket' -Skip:$IsWindows {
    AfterEach { Get-ClusterMaster | Stop-ClusterMaster -Force }

    It 'test-cluster-http-pipe: both workers answer, the remote address is not known, the log has a line each, and the file goes' {
        $path = Join-Path ([System.IO.Path]::GetTempPath()) 'http.sock'
        $null = Start-ClusterMaster -WorkerCount 2 -ArgumentList $path, "$TestDrive" -ScriptBlock {
            param($Path, $Folder)
            Start-WorkerHttpServer -Path $Path -AccessLog "$Folder/access-$($ClusterWorker.Slot).log" -ErrorAction Stop -Handler {
                param($Request)
                "worker $($ClusterWorker.Id), from '$($Request.RemoteAddress)'"
            }
        }
        $null = Receive-ClusterEvent -Name Listening -Count 2 -TimeoutSec 30
        $answers = foreach ($number in 1..4) { (Send-Request $path "/page?number=$number") -split "`r`n" | Select-Object -Last 1 }
        $answers | Sort-Object -Unique | Should -Be "worker 1, from ''", "worker 2, from ''"
        Stop-ClusterMaster -DrainTimeoutSec 20
        Test-Path $path | Should -BeFalse
        $lines = Get-ChildItem $TestDrive -Filter 'access-*.log' | Get-Content
        @($lines).Count | Should -Be 4
        $lines | Should -Match '^- - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET /page\?number=\d HTTP/1\.1" 200 \d+ "-" "spec"$'
    }
}

Describe 'Afterwards' {
    It 'nothing is left' { Assert-NothingLeft }
}
