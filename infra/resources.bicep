// What is in the resource group: storage, the Functions app with its identity, monitoring and alerts. main.bicep says what each parameter means.
import { auditCategories } from 'types.bicep'

param token string
param location string
param tags object
param operatorPrincipalId string
param alertEmail string
param storageSku string
param instanceMemoryMB int
param maximumInstanceCount int
param httpPerInstanceConcurrency int
param alwaysReadyHttp int
param alwaysReadyStore int
param quarantinedAlertThreshold int
param serverErrorAlertPercent int
param zoneRedundant bool
param logDailyCapGB int
param auditLogs auditCategories
param auditDailyCapGB int
param monthlyBudget int
param budgetStart string
param softDeleteDays int
param deleteLock bool
param allowedIpRanges string[]
param publicNetworkAccess string
param availabilityPlaces string[]
param appSettings object

var audits = !empty([...auditLogs.table, ...auditLogs.blob, ...auditLogs.queue])

// Names are made here and not taken from the modules' outputs: so "az deployment sub what-if" can look into every module.
var storageAccountName = 'st${token}'
var hostStorageAccountName = 'sthost${token}'
var workspaceName = 'log-postback-${token}'
var appInsightsName = 'appi-postback-${token}'
var identityName = 'id-postback-${token}'

module storage 'storage.bicep' = {
  params: { name: storageAccountName, location: location, tags: tags, sku: storageSku, softDeleteDays: softDeleteDays, deleteLock: deleteLock }
}

module hostStorage 'hostStorage.bicep' = {
  params: { name: hostStorageAccountName, location: location, tags: tags, sku: storageSku }
}

module monitoring 'monitoring.bicep' = {
  params: { workspaceName: workspaceName, appInsightsName: appInsightsName, location: location, tags: tags, dailyCapGB: logDailyCapGB }
}

module audit 'audit.bicep' = if (audits) {
  params: {
    workspaceName: 'log-postback-audit-${token}'
    location: location
    tags: tags
    dailyCapGB: auditDailyCapGB
    storageAccountName: storageAccountName
    categories: auditLogs
    email: alertEmail
  }
  dependsOn: [storage, alerts]
}

module roles 'roles.bicep' = {
  params: {
    identityName: identityName
    location: location
    tags: tags
    storageAccountName: storageAccountName
    hostStorageAccountName: hostStorageAccountName
    appInsightsName: appInsightsName
    operatorPrincipalId: operatorPrincipalId
  }
  dependsOn: [storage, hostStorage, monitoring]
}

module app 'app.bicep' = {
  params: {
    name: 'func-postback-${token}'
    planName: 'plan-postback-${token}'
    location: location
    tags: tags
    identityName: identityName
    storageAccountName: storageAccountName
    hostStorageAccountName: hostStorageAccountName
    appInsightsName: appInsightsName
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpPerInstanceConcurrency: httpPerInstanceConcurrency
    alwaysReadyHttp: alwaysReadyHttp
    alwaysReadyStore: alwaysReadyStore
    zoneRedundant: zoneRedundant
    publicNetworkAccess: publicNetworkAccess
    allowedIpRanges: allowedIpRanges
    isTestedFromOutside: !empty(availabilityPlaces)
    appSettings: appSettings
  }
  dependsOn: [roles] // a host that starts before its roles exist fails on its own storage
}

module alerts 'alerts.bicep' = {
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

module availability 'availability.bicep' = if (!empty(availabilityPlaces)) {
  params: {
    location: location
    tags: tags
    appInsightsName: appInsightsName
    places: availabilityPlaces
    url: app.outputs.readyUrl
    email: alertEmail
  }
  dependsOn: [alerts]
}

module budget 'budget.bicep' = if (monthlyBudget > 0) {
  params: { amount: monthlyBudget, start: budgetStart, email: alertEmail }
}

module workbook 'workbook.bicep' = {
  params: { location: location, tags: tags, appInsightsName: appInsightsName }
  dependsOn: [monitoring]
}

output endpoint string = app.outputs.endpoint
output storageAccountName string = storageAccountName
output appName string = app.outputs.name
