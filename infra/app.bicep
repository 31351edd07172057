// The Functions app on a Flex Consumption plan, with the functions Event, Hook, Alive, Ready and OpenApi (HTTP), Store, DeadLetter,
// Upkeep and Watch.
import { packageContainerName } from 'hostStorage.bicep'

param name string
param planName string
param location string
param tags object
param identityName string
param storageAccountName string
param hostStorageAccountName string
param appInsightsName string
param instanceMemoryMB int
param maximumInstanceCount int
param httpPerInstanceConcurrency int
param alwaysReadyHttp int
param alwaysReadyStore int
param zoneRedundant bool
param publicNetworkAccess string
param allowedIpRanges string[]
param isTestedFromOutside bool
param appSettings object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccountName
}

resource hostAccount 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: hostStorageAccountName
}

resource appInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: appInsightsName
}

// What the parameter appSettings may change. An instance that is always busy sends 1.3 GB of spans a month at this rate.
var defaults = {
  Postback__TracesPerSecond: '0.1'
}

// FUNCTIONS_WORKER_RUNTIME and FUNCTIONS_EXTENSION_VERSION are absent on purpose: Flex Consumption has functionAppConfig instead.
var settings = {
  // Storage of the host itself: locks, timers, host keys.
  AzureWebJobsStorage__accountName: hostAccount.name
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.properties.clientId

  // The host's own page at / is of no use to senders, and tells a stranger what runs here.
  AzureWebJobsDisableHomepage: 'true'

  // Storage of Postback: read by the queue triggers and by the clients of the pipeline.
  PostbackStorage__accountName: account.name
  PostbackStorage__blobServiceUri: account.properties.primaryEndpoints.blob
  PostbackStorage__queueServiceUri: account.properties.primaryEndpoints.queue
  PostbackStorage__tableServiceUri: account.properties.primaryEndpoints.table
  PostbackStorage__credential: 'managedidentity'
  PostbackStorage__clientId: identity.properties.clientId

  // The platform's front end appends the sender's address: without this, every record would come from that front end.
  Postback__TrustForwardedFor: 'true'

  // Names where telemetry goes; without local auth it gives no right to send any.
  APPLICATIONINSIGHTS_CONNECTION_STRING: appInsights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
}

// The test from outside comes from the addresses of a service tag. In the order of the list, which is that of the priorities.
var allowed = [
  ...map(allowedIpRanges, range => { ipAddress: range, tag: 'Default' })
  ...(isTestedFromOutside ? [{ ipAddress: 'ApplicationInsightsAvailability', tag: 'ServiceTag' }] : [])
]
var restrictions = empty(allowedIpRanges) ? [] : map(range(0, length(allowed)), i => { ...allowed[i], action: 'Allow', priority: 100 + i, name: 'postback-${i}' })

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true // Linux
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'postback' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    publicNetworkAccess: publicNetworkAccess
    siteConfig: {
      minTlsVersion: '1.2'
      // Of the app. Where it is deployed through (scm) takes an identity, from any address: a restriction here must not keep out who repairs it.
      ipSecurityRestrictions: restrictions
      ipSecurityRestrictionsDefaultAction: empty(allowedIpRanges) ? 'Allow' : 'Deny'
      scmIpSecurityRestrictionsUseMain: false
      appSettings: map(items(union(defaults, appSettings, settings)), setting => { name: setting.key, value: setting.value })
    }
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostAccount.properties.primaryEndpoints.blob}${packageContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        // All HTTP functions share instances; each other function has its own, named function:{name}.
        alwaysReady: filter(
          [
            { name: 'http', instanceCount: alwaysReadyHttp }
            { name: 'function:Store', instanceCount: alwaysReadyStore }
          ],
          group => group.instanceCount > 0
        )
        triggers: {
          http: { perInstanceConcurrency: httpPerInstanceConcurrency }
        }
      }
    }
  }
}

// Publishing takes an identity, never a user name and password.
resource ftpPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'ftp'
  properties: { allow: false }
}

resource scmPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'scm'
  properties: { allow: false }
}

output name string = site.name
output endpoint string = 'https://${site.properties.defaultHostName}/postback/v3/event'
output readyUrl string = 'https://${site.properties.defaultHostName}/readyz'
