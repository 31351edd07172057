// The storage account: queues, tables and containers of Postback, and what is removed when.
param name string
param location string
param tags object
param sku string

@export()
var queueNames = ['postback-events', 'postback-events-poison']

@export()
var keyTableName = 'writekeys'

@export()
var dataTableNames = ['records', 'quarantine', 'deadletters', 'activity', 'activityhours', 'alerts', 'changes', 'rejections', 'knowntables', 'keyuse', 'idempotency', 'retention']

@export()
var bodyContainerName = 'bodies' // bodies/{yyyy}/{MM}/{dd}/{HH}/{id}.json

@export()
var deadLetterContainerName = 'deadletters' // the messages of dead letters: never removed by a rule

@export()
var packageContainerName = 'deployments' // the app package

// Days after which a body that was copied to rows is removed.
var releasedDays = 30

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isHnsEnabled: false // blob index tags, which the lifecycle rules below match, need a flat namespace
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [
  for queue in queueNames: {
    parent: queueService
    name: queue
  }
]

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2024-01-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2024-01-01' = [
  for table in [...dataTableNames, keyTableName]: {
    parent: tableService
    name: table
  }
]

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    isVersioningEnabled: false // an index tag belongs to one version: the rules below would leave the older ones behind
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [
  for container in [bodyContainerName, deadLetterContainerName, packageContainerName]: {
    parent: blobService
    name: container
  }
]

// A body has the index tag state: pending until the store handles its record; then stored, quarantined, deadlettered, or
// released once a row has a copy of it; replayed while it is on its way through the queue again. A rule matches released alone: the
// message of a pending or replayed body may wait for longer than any rule, and what never gets a message is removed by the timer
// Upkeep, which knows whether the queues were empty. A body that a row names ends with its row, by retention. No rule matches a blob
// without the tag. Setting a tag does not change the time of modification: the days count from the writing of the body.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'removeReleasedBodies'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['${bodyContainerName}/']
              blobIndexMatch: [{ name: 'state', op: '==', value: 'released' }]
            }
            actions: {
              baseBlob: { delete: { daysAfterModificationGreaterThan: releasedDays } }
            }
          }
        }
      ]
    }
  }
  dependsOn: [blobService]
}
