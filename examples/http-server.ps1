# A small web application on all cores: a list of notes as a page with a form, and as a JSON service. The workers answer HTTP, the
# master keeps the notes.
#
#   pwsh examples/http-server.ps1                      then open http://127.0.0.1:8080
#   Invoke-RestMethod http://127.0.0.1:8080/api/notes -Method Post -Body '{"text":"from a script"}' -ContentType application/json
#
# Ctrl+C ends it.

param([int] $Port = 8080, [int] $WorkerCount = [Environment]::ProcessorCount)

# The module of this checkout; elsewhere the installed one.
Import-Module ((Resolve-Path "$PSScriptRoot/../module/Cluster.psd1" -ErrorAction Ignore) ?? 'Cluster')

$cluster = Start-ClusterMaster -WorkerCount $WorkerCount -ArgumentList $Port, "$PSScriptRoot/http-server" -ScriptBlock {
    param($Port, $Folder)

    Start-WorkerHttpServer $Port -StaticFolder $Folder -HealthPath /health -Compression -ErrorAction Stop -Route @{
        'GET /api/notes'           = {
            @{ worker = $ClusterWorker.Id; notes = Invoke-WorkerRequest @{ Do = 'list' } -TimeoutSec 10 -ErrorAction Stop }
        }
        'GET /api/notes/{id:int}'  = {
            param($Request)
            $note = Invoke-WorkerRequest @{ Do = 'get'; Id = [int] $Request.RouteValues['id'] } -TimeoutSec 10 -ErrorAction Stop
            $note ? $note : (New-HttpResponse 404 @{ error = 'There is no such note.' })
        }
        'POST /api/notes'          = {
            param($Request)
            if (-not $Request.Json.text) { return New-HttpResponse 400 @{ error = 'A note needs a text.' } }
            $note = Invoke-WorkerRequest @{ Do = 'add'; Text = [string] $Request.Json.text } -TimeoutSec 10 -ErrorAction Stop
            New-HttpResponse 201 $note -Header @{ Location = "/api/notes/$($note.id)" }
        }
        # The form of the page: back to the page when it is done.
        'POST /notes'              = {
            param($Request)
            $text = "$($Request.Form['text'])".Trim()
            if ($text) { $null = Invoke-WorkerRequest @{ Do = 'add'; Text = $text } -TimeoutSec 10 -ErrorAction Stop }
            New-HttpResponse 303 -Redirect /
        }
    }
}

try {
    # A worker that cannot open the port exits, and its error is shown below.
    $first = Receive-ClusterEvent -Name Listening, Exit -Wait -Count 1
    if ($first.EndPoint) { "$WorkerCount workers serve http://$($first.EndPoint)" }
    $notes = [System.Collections.Generic.List[object]]::new()
    Receive-WorkerMessage -Wait | ForEach-Object {
        $request = $_
        $answer = switch ($request.Body.Do) {
            'list' { , $notes.ToArray() }
            'get' { $notes | Where-Object id -EQ $request.Body.Id }
            'add' {
                $note = [ordered]@{ id = $notes.Count + 1; text = $request.Body.Text; worker = $request.WorkerId; time = [datetime]::Now.ToString('s') }
                $notes.Add($note)
                $note
            }
        }
        Send-WorkerMessage $answer -ReplyTo $request
    }
}
finally {
    $cluster | Stop-ClusterMaster
}
