// Postback in one resource group, with all parameters. What is in the group: resources.bicep. Holds no secret.
import { auditCategories } from 'types.bicep'

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

@description('Spreads the instances over the zones of the region. The plan then keeps two instances of each function group warm: see docs/COST.md.')
param zoneRedundant bool = false

@description('GB of telemetry a day, above which the workspace of the alerts takes no more until the next day. -1: no limit.')
@minValue(-1)
param logDailyCapGB int = 1

@description('Requests to the data that are kept for 30 days, for each storage service. Writes of tables and all of the queue grow with the traffic.')
param auditLogs auditCategories = { table: ['StorageRead', 'StorageDelete'], blob: ['StorageRead', 'StorageDelete'], queue: [] }

@description('GB of them a day. -1: no limit.')
@minValue(-1)
param auditDailyCapGB int = 1

@description('What the resource group may cost in a month, in the currency of the subscription, before mails say so. 0: no budget.')
@minValue(0)
param monthlyBudget int = 100

@description('The first day of the month in which the budget was first deployed. Azure never changes it: pass the same day again. azd keeps it.')
param budgetStart string = utcNow('yyyy-MM-01')

@description('Days for which a deleted blob can be brought back, and costs as if it were there. 0: not at all.')
@minValue(0)
@maxValue(365)
param softDeleteDays int = 7

@description('Keeps the storage account of the data from being deleted, by azd down too. Takes the right to make locks: Owner or User Access Administrator.')
param deleteLock bool = false

@description('Addresses that may call the app, such as 203.0.113.0/24. Empty: all.')
param allowedIpRanges string[] = []

@description('Disabled: the app is reached through a private endpoint only, which is not made here.')
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string = 'Enabled'

@description('Where the app is asked from each 5 minutes whether it is ready, such as [emea-nl-ams-azr]. Empty: nowhere.')
param availabilityPlaces string[] = []

@description('Further app settings, such as { Postback__AcceptArrays: \'true\' }. No secret belongs here.')
param appSettings object = {}

var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module resources 'resources.bicep' = {
  scope: group
  params: {
    token: uniqueString(subscription().id, environmentName, location)
    location: location
    tags: tags
    operatorPrincipalId: operatorPrincipalId
    alertEmail: alertEmail
    storageSku: storageSku
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpPerInstanceConcurrency: httpPerInstanceConcurrency
    alwaysReadyHttp: alwaysReadyHttp
    alwaysReadyStore: alwaysReadyStore
    quarantinedAlertThreshold: quarantinedAlertThreshold
    serverErrorAlertPercent: serverErrorAlertPercent
    zoneRedundant: zoneRedundant
    logDailyCapGB: logDailyCapGB
    auditLogs: auditLogs
    auditDailyCapGB: auditDailyCapGB
    monthlyBudget: monthlyBudget
    budgetStart: budgetStart
    softDeleteDays: softDeleteDays
    deleteLock: deleteLock
    allowedIpRanges: allowedIpRanges
    publicNetworkAccess: publicNetworkAccess
    availabilityPlaces: availabilityPlaces
    appSettings: appSettings
  }
}

// Upper case: azd keeps outputs as variables of its environment.
output POSTBACK_ENDPOINT string = resources.outputs.endpoint
output STORAGE_ACCOUNT_NAME string = resources.outputs.storageAccountName
output FUNCTION_APP_NAME string = resources.outputs.appName
output AZURE_RESOURCE_GROUP string = group.name
