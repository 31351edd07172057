# After a deployment by azd: makes the first write key, if there never was one, and prints a curl with it.
# It never fails the deployment, which is done: it says what to do instead. The same as first-key.sh.
$arguments = 'run', '--project', 'PostbackCli', '--', 'keys', 'add', '--first', '--storage', $env:STORAGE_ACCOUNT_NAME, '--endpoint', $env:POSTBACK_ENDPOINT
$command = "dotnet $($arguments -join ' ')"

if ($env:CI -or $env:TF_BUILD -or $env:GITHUB_ACTIONS) {
    Write-Output "No write key is made here, because the log of a pipeline would keep it. On your machine: $command"
    exit 0
}

& dotnet @arguments
if ($LASTEXITCODE -ne 0) {
    Write-Output 'The app is deployed, but the first write key was not made. A new role takes a few minutes to work, and needs operatorPrincipalId. Then:'
    Write-Output "  $command"
}
exit 0
