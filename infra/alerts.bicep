// The alerts. The metrics come from the OpenTelemetry meter Postback; they are not sampled.
param location string
param tags object
param workspaceName string
param storageAccountName string
param email string
param quarantinedThreshold int
param serverErrorPercent int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccountName
}

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-postback'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'postback'
    emailReceivers: [{ name: 'operator', emailAddress: email, useCommonAlertSchema: true }]
  }
}

var actionGroups = empty(email) ? [] : [mail.id]

// Each query gives one row with one number, also when there is no data. Once the workspace takes no more
// (its daily cap), only postback-silent and postback-log-full still fire, and the metric alerts, which need no workspace.
var queryAlerts = [
  {
    name: 'postback-dead-letters'
    title: 'Postback: dead letters'
    description: 'Messages could not be stored. List them with "postback deadletters", then "postback replay deadletters".'
    severity: 1
    query: 'AppMetrics | where Name == "postback.deadlettered" | summarize Value = sum(Sum)'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'postback-quarantined'
    title: 'Postback: many quarantined records'
    description: 'Records came with a key that is unknown, revoked, expired or not for their table. List them with "postback quarantine".'
    severity: 2
    query: 'AppMetrics | where Name == "postback.quarantined" | summarize Value = sum(Sum)'
    operator: 'GreaterThan'
    threshold: quarantinedThreshold
  }
  {
    name: 'postback-not-kept'
    title: 'Postback: quarantined records were not kept'
    description: 'Acknowledged records with a key that does not hold came above a flood limit, and are lost. "postback status" names their keys and tables. See Postback:Quarantine in docs/SETTINGS.md.'
    severity: 1
    query: 'AppMetrics | where Name == "postback.not_kept" | summarize Value = sum(Sum)'
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'postback-oldest-message'
    title: 'Postback: oldest message older than 5 minutes'
    description: 'Records were acknowledged but are not stored: the store fails or does not keep up. Storage has no metric of this: the function Watch measures each minute, and a message that keeps failing is measured at each try.'
    severity: 1
    query: 'AppMetrics | where Name in ("postback.queue.oldest_age", "postback.queue.wait") | summarize Value = max(coalesce(Max, Sum))'
    operator: 'GreaterThan'
    threshold: 300
  }
  {
    name: 'postback-silent'
    title: 'Postback: no measurement for 15 minutes'
    description: 'The function Watch measures each minute. Without it the app is down or sends no telemetry, and the other alerts see nothing.'
    severity: 1
    query: 'AppMetrics | where Name == "postback.queue.oldest_age" | summarize Value = count()'
    operator: 'LessThan'
    threshold: 1
  }
  {
    name: 'postback-server-errors'
    title: 'Postback: 5xx answers'
    description: 'Senders get 5xx. 503 unavailable: the queue did not take a record in time, or an instance has too many bytes in flight.'
    severity: 1
    // Flex Consumption has no platform metric of HTTP status codes, and the host sends only requests that failed in the platform or by a fault of
    // the app (host.json): the app counts its answers.
    query: 'AppMetrics | where Name in ("postback.accepted", "postback.rejected") | project Total = Sum, Failed = iff(tostring(Properties.code) == "unavailable", Sum, 0.0) | union (AppRequests | where Name == "Event" and Success == false | project Total = todouble(ItemCount), Failed = todouble(ItemCount)) | summarize Failed = sum(Failed), Total = sum(Total) | project Value = iff(Total > 0, 100.0 * Failed / Total, 0.0)'
    operator: 'GreaterThan'
    threshold: serverErrorPercent
  }
  {
    name: 'postback-log-full'
    title: 'Postback: the log takes no more today'
    description: 'The daily cap of the workspace is reached: the alerts on metrics see nothing until the next day. See docs/OPERATE.md, The log is full.'
    severity: 1
    query: '_LogOperation | where Category =~ "Ingestion" and Detail contains "OverQuota" | summarize Value = count()'
    operator: 'GreaterThan'
    threshold: 0
  }
]

// A window of 15 minutes each 5: telemetry that comes in late is still seen. An alert resolves itself when its window is clean.
resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in queryAlerts: {
    name: alert.name
    location: location
    tags: tags
    properties: {
      displayName: alert.title
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [workspace.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      autoMitigate: true
      skipQueryValidation: true // a new workspace may not have these tables yet
      criteria: {
        allOf: [
          {
            query: alert.query
            metricMeasureColumn: 'Value'
            timeAggregation: 'Maximum'
            operator: alert.operator
            threshold: alert.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: actionGroups }
    }
  }
]

// A platform metric: the first sign that one account or one partition is not enough. See docs/SCALE.md.
resource throttled 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'postback-storage-throttled'
  location: 'global'
  tags: tags
  properties: {
    description: 'The storage account turns requests away: a limit of a queue, of a partition or of the account is reached.'
    severity: 2
    enabled: true
    scopes: [account.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'throttled'
          metricNamespace: 'Microsoft.Storage/storageAccounts'
          metricName: 'Transactions'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 100
          dimensions: [
            {
              name: 'ResponseType'
              operator: 'Include'
              values: [
                'ServerBusyError'
                'ClientThrottlingError'
                'ClientAccountRequestThrottlingError'
                'ClientAccountBandwidthThrottlingError'
              ]
            }
          ]
        }
      ]
    }
    actions: [for id in actionGroups: { actionGroupId: id }]
  }
}
