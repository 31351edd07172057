// The one identity of the app, and who may do what. A role on the data is on one queue, table or container, never on the account.
import { queueNames, appTableNames, operatorTableNames, bodyContainerName, deadLetterContainerName } from 'storage.bicep'

param identityName string
param location string
param tags object
param storageAccountName string
param hostStorageAccountName string
param appInsightsName string
@description('Object id of the operator, or empty.')
param operatorPrincipalId string

// Built-in roles.
var blobDataOwner = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')
var blobDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
var queueDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '974c5e8b-45b9-4653-ba55-5f855dd0fb88')
var tableDataContributor = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3')
var tableDataReader = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '76199698-9eea-4c19-bc75-cec21354c6b6')
var monitoringMetricsPublisher = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccountName

  resource queueService 'queueServices' existing = {
    name: 'default'
    resource queue 'queues' existing = [for name in queueNames: { name: name }]
  }

  resource tableService 'tableServices' existing = {
    name: 'default'
    resource appTable 'tables' existing = [for name in appTableNames: { name: name }]
    resource operatorTable 'tables' existing = [for name in operatorTableNames: { name: name }]
  }

  resource blobService 'blobServices' existing = {
    name: 'default'
    resource bodies 'containers' existing = { name: bodyContainerName }
    resource deadLetters 'containers' existing = { name: deadLetterContainerName }
  }
}

resource hostAccount 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: hostStorageAccountName
}

resource appInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: appInsightsName
}

// ---- The app ----

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: identityName
  location: location
  tags: tags
}

// Owner of the host's account, as the host is documented to need: it makes containers there (locks, timers, host keys), and reads the package.
resource hostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostAccount.id, identity.id, blobDataOwner)
  scope: hostAccount
  properties: { principalId: identity.properties.principalId, principalType: 'ServicePrincipal', roleDefinitionId: blobDataOwner }
}

// Owner, not Contributor: no lesser role may set and find index tags, which say what became of a body.
resource appBodies 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobService::bodies.id, identity.id, blobDataOwner)
  scope: account::blobService::bodies
  properties: { principalId: identity.properties.principalId, principalType: 'ServicePrincipal', roleDefinitionId: blobDataOwner }
}

resource appDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobService::deadLetters.id, identity.id, blobDataContributor)
  scope: account::blobService::deadLetters
  properties: { principalId: identity.properties.principalId, principalType: 'ServicePrincipal', roleDefinitionId: blobDataContributor }
}

// Contributor, not Sender and Processor: the trigger also reads a queue's properties, and renews and deletes messages.
resource appQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for i in range(0, length(queueNames)): {
    name: guid(account::queueService::queue[i].id, identity.id, queueDataContributor)
    scope: account::queueService::queue[i]
    properties: { principalId: identity.properties.principalId, principalType: 'ServicePrincipal', roleDefinitionId: queueDataContributor }
  }
]

resource appTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for i in range(0, length(appTableNames)): {
    name: guid(account::tableService::appTable[i].id, identity.id, tableDataContributor)
    scope: account::tableService::appTable[i]
    properties: { principalId: identity.properties.principalId, principalType: 'ServicePrincipal', roleDefinitionId: tableDataContributor }
  }
]

// Reader: what answers the internet cannot make itself a key, nor end rows sooner.
resource appReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for i in range(0, length(operatorTableNames)): {
    name: guid(account::tableService::operatorTable[i].id, identity.id, tableDataReader)
    scope: account::tableService::operatorTable[i]
    properties: { principalId: identity.properties.principalId, principalType: 'ServicePrincipal', roleDefinitionId: tableDataReader }
  }
]

resource appTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(appInsights.id, identity.id, monitoringMetricsPublisher)
  scope: appInsights
  properties: { principalId: identity.properties.principalId, principalType: 'ServicePrincipal', roleDefinitionId: monitoringMetricsPublisher }
}

// ---- The operator: the postback command. No principalType: it may be a user, a group or a service principal. ----

resource operatorQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for i in range(0, length(queueNames)): if (!empty(operatorPrincipalId)) {
    name: guid(account::queueService::queue[i].id, operatorPrincipalId, queueDataContributor)
    scope: account::queueService::queue[i]
    properties: { principalId: operatorPrincipalId, roleDefinitionId: queueDataContributor }
  }
]

resource operatorTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for i in range(0, length(appTableNames)): if (!empty(operatorPrincipalId)) {
    name: guid(account::tableService::appTable[i].id, operatorPrincipalId, tableDataContributor)
    scope: account::tableService::appTable[i]
    properties: { principalId: operatorPrincipalId, roleDefinitionId: tableDataContributor }
  }
]

resource operatorOwnTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for i in range(0, length(operatorTableNames)): if (!empty(operatorPrincipalId)) {
    name: guid(account::tableService::operatorTable[i].id, operatorPrincipalId, tableDataContributor)
    scope: account::tableService::operatorTable[i]
    properties: { principalId: operatorPrincipalId, roleDefinitionId: tableDataContributor }
  }
]

// Owner: a replay may change the index tag of a body.
resource operatorBodies 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorPrincipalId)) {
  name: guid(account::blobService::bodies.id, operatorPrincipalId, blobDataOwner)
  scope: account::blobService::bodies
  properties: { principalId: operatorPrincipalId, roleDefinitionId: blobDataOwner }
}

resource operatorDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorPrincipalId)) {
  name: guid(account::blobService::deadLetters.id, operatorPrincipalId, blobDataContributor)
  scope: account::blobService::deadLetters
  properties: { principalId: operatorPrincipalId, roleDefinitionId: blobDataContributor }
}
