#!/bin/sh
# After a deployment by azd: makes the first write key, if there never was one, and prints a curl with it.
# It never fails the deployment, which is done: it says what to do instead.
command='dotnet run --project PostbackCli -- keys add --first'

if [ -n "${CI:-}${TF_BUILD:-}${GITHUB_ACTIONS:-}" ]; then
  echo "No write key is made here, because the log of a pipeline would keep it. On your machine: $command --storage $STORAGE_ACCOUNT_NAME --endpoint $POSTBACK_ENDPOINT"
elif ! $command --storage "$STORAGE_ACCOUNT_NAME" --endpoint "$POSTBACK_ENDPOINT"; then
  echo 'The app is deployed, but the first write key was not made. A new role takes a few minutes to work, and needs operatorPrincipalId. Then:'
  echo "  $command --storage $STORAGE_ACCOUNT_NAME --endpoint $POSTBACK_ENDPOINT"
fi
exit 0
