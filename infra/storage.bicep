// The storage account of the data: queues, tables and containers of Postback, and what is removed when.
// That of the Functions host is another: hostStorage.bicep.
param name string
param location string
param tags object
param sku string
@description('Days for which a deleted blob can be brought back. 0: not at all.')
param softDeleteDays int
param deleteLock bool

@export()
var queueNames = ['postback-events', 'postback-events-poison']

// The app writes these.
@export()
var appTableNames = ['records', 'quarantine', 'deadletters', 'activity', 'activityhours', 'alerts', 'changes', 'rejections', 'knowntables', 'keyuse', 'idempotency']

// The app reads these, and only the operator writes them: which keys there are, and how long rows are kept.
@export()
var operatorTableNames = ['writekeys', 'retention']

@export()
var bodyContainerName = 'bodies' // bodies/{yyyy}/{MM}/{dd}/{HH}/{id}.json

@export()
var deadLetterContainerName = 'deadletters' // the messages of dead letters: never removed by a rule

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
  for table in [...appTableNames, ...operatorTableNames]: {
    parent: tableService
    name: table
  }
]

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    deleteRetentionPolicy: softDeleteDays > 0 ? { enabled: true, days: softDeleteDays } : { enabled: false }
    isVersioningEnabled: false // an index tag belongs to one version: the rules below would leave the older ones behind
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [
  for container in [bodyContainerName, deadLetterContainerName]: {
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

// Against the deletion of the account, also with its resource group. Rows and blobs can still be deleted, by who has a role on them.
resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  name: 'postback-keep-data'
  scope: account
  properties: { level: 'CanNotDelete', notes: 'Records, keys and dead letters of Postback. See docs/DEPLOY.md, Taking it down.' }
}
