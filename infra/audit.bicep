// Who read, wrote or deleted what in the storage account of the data. Its workspace is its own: a flood of requests fills it, and must not
// take the alerts' workspace to its daily cap.
import { auditCategories } from 'types.bicep'

param workspaceName string
param location string
param tags object
@description('GB a day, -1: no limit.')
param dailyCapGB int
param storageAccountName string
param categories auditCategories
param email string

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 30
    features: { disableLocalAuth: true }
    workspaceCapping: { dailyQuotaGb: dailyCapGB }
  }
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccountName

  resource tableService 'tableServices' existing = { name: 'default' }
  resource blobService 'blobServices' existing = { name: 'default' }
  resource queueService 'queueServices' existing = { name: 'default' }
}

resource tables 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(categories.table)) {
  name: 'postback-audit'
  scope: account::tableService
  properties: { workspaceId: workspace.id, logs: map(categories.table, category => { category: category, enabled: true }) }
}

resource blobs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(categories.blob)) {
  name: 'postback-audit'
  scope: account::blobService
  properties: { workspaceId: workspace.id, logs: map(categories.blob, category => { category: category, enabled: true }) }
}

resource queues 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(categories.queue)) {
  name: 'postback-audit'
  scope: account::queueService
  properties: { workspaceId: workspace.id, logs: map(categories.queue, category => { category: category, enabled: true }) }
}

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' existing = {
  name: 'ag-postback' // alerts.bicep
}

// A reader who wants no trace could fill the log first, so a full log is an alert.
resource full 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'postback-audit-full'
  location: location
  tags: tags
  properties: {
    displayName: 'Postback: requests to the data are not kept any more today'
    description: 'The daily cap of the audit workspace is reached: until the next day nobody can say who read or deleted what.'
    severity: 2
    enabled: true
    scopes: [workspace.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    skipQueryValidation: true // as in alerts.bicep
    criteria: {
      allOf: [
        {
          query: '_LogOperation | where Category =~ "Ingestion" and Detail contains "OverQuota" | summarize Value = count()'
          metricMeasureColumn: 'Value'
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: empty(email) ? [] : [mail.id] }
  }
}
