// Postback in one resource group: storage, the Functions app with its identity, monitoring and alerts. Holds no secret.
targetScope = 'subscription'

@description('Name of the deployment. The resource group is rg-{name}; the other names are derived from it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Azure region. It must offer the Flex Consumption plan, and availability zones for a ZRS storage account.')
@metadata({ azd: { type: 'location' } })
param location string

@description('Object id of who runs the postback command against the account (user, group or service principal). Empty: nobody may.')
param operatorPrincipalId string = ''

@description('Where alerts are mailed. Empty: they show in the portal only.')
param alertEmail string = ''

@description('Copies of the data. ZRS: a 200 then outlives the loss of a datacenter. Take LRS where the region has no zones.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS', 'Standard_RAGZRS'])
param storageSku string = 'Standard_ZRS'

@description('Memory of an instance in MB. 2,048 MB is 1 core. 512 MB (a quarter of a core) costs a quarter: enough for a few records a second.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Maximum on-demand instances of each function group (HTTP, Store, ...). 40 is the documented minimum of the plan, and limits the bill of a flood.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('HTTP requests that an instance takes at once. Requests that wait share a queue message: the default of 16 keeps the groups below 16 and starts an instance for each 16 that wait. 100 small records fill a message, and are 0.2 s of work.')
@minValue(1)
@maxValue(1000)
param httpPerInstanceConcurrency int = 100

@description('HTTP instances kept warm. 1: the first sender after a pause does not wait for a cold start. 0: no base cost.')
@minValue(0)
@maxValue(1000)
param alwaysReadyHttp int = 1

@description('Store instances kept warm. 0: nobody waits for the store, and the first record after a pause is stored a cold start later.')
@minValue(0)
@maxValue(1000)
param alwaysReadyStore int = 0

@description('Quarantined records within 15 minutes above which an alert fires.')
@minValue(0)
param quarantinedAlertThreshold int = 100

@description('Percent of HTTP requests answered 5xx within 15 minutes above which an alert fires.')
@minValue(0)
@maxValue(100)
param serverErrorAlertPercent int = 1

@description('Further app settings, such as { Postback__AcceptArrays: \'true\' }. No secret belongs here.')
param appSettings object = {}

var token = uniqueString(subscription().id, environmentName, location)
var tags = { 'azd-env-name': environmentName }

// Names are made here and not taken from the modules' outputs: so "az deployment sub what-if" can look into every module.
var storageAccountName = 'st${token}'
var workspaceName = 'log-postback-${token}'
var appInsightsName = 'appi-postback-${token}'
var identityName = 'id-postback-${token}'

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module storage 'storage.bicep' = {
  scope: group
  params: {
    name: storageAccountName
    location: location
    tags: tags
    sku: storageSku
  }
}

module monitoring 'monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: workspaceName
    appInsightsName: appInsightsName
    location: location
    tags: tags
  }
}

module roles 'roles.bicep' = {
  scope: group
  params: {
    identityName: identityName
    location: location
    tags: tags
    storageAccountName: storageAccountName
    appInsightsName: appInsightsName
    operatorPrincipalId: operatorPrincipalId
  }
  dependsOn: [storage, monitoring]
}

module app 'app.bicep' = {
  scope: group
  params: {
    name: 'func-postback-${token}'
    planName: 'plan-postback-${token}'
    location: location
    tags: tags
    identityName: identityName
    storageAccountName: storageAccountName
    appInsightsName: appInsightsName
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpPerInstanceConcurrency: httpPerInstanceConcurrency
    alwaysReadyHttp: alwaysReadyHttp
    alwaysReadyStore: alwaysReadyStore
    appSettings: appSettings
  }
  dependsOn: [roles] // a host that starts before its roles exist fails on its own storage
}

module alerts 'alerts.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    workspaceName: workspaceName
    storageAccountName: storageAccountName
    email: alertEmail
    quarantinedThreshold: quarantinedAlertThreshold
    serverErrorPercent: serverErrorAlertPercent
  }
  dependsOn: [storage, monitoring]
}

module workbook 'workbook.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    appInsightsName: appInsightsName
  }
  dependsOn: [monitoring]
}

// Upper case: azd keeps outputs as variables of its environment.
output POSTBACK_ENDPOINT string = app.outputs.endpoint
output STORAGE_ACCOUNT_NAME string = storageAccountName
output FUNCTION_APP_NAME string = app.outputs.name
output AZURE_RESOURCE_GROUP string = group.name
