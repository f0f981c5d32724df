# A worker that does what it is told: a request is answered with what its body, a script, gives or with its error; the script of a message
# runs in the open, and "done" follows it.
param([string] $Version = 'first')

function Stop-Badly {
    throw [System.InvalidOperationException]::new('told to')
}

$last = $wrong = 0
Receive-WorkerMessage -Wait | ForEach-Object {
    $message = $_
    switch ($message.Topic) {
        echo {
            Send-WorkerMessage $message.Body -ReplyTo $message
        }
        back {
            Send-WorkerMessage $message.Body -Topic back
        }
        count {
            $wrong += $message.Body -ne ++$last
        }
        default {
            if ($message.Kind -ne 'Request') {
                . ([scriptblock]::Create($message.Body))
                Send-WorkerMessage $ClusterWorker.Id -Topic done
                return
            }
            $answer = try {
                @{ Value = . ([scriptblock]::Create($message.Body)) }
            }
            catch {
                @{ ErrorId = $_.FullyQualifiedErrorId; Category = "$($_.CategoryInfo.Category)"; Message = "$_" }
            }
            Send-WorkerMessage $answer -ReplyTo $message
        }
    }
}
