// Asks the app from outside whether it is ready, and tells when two places in three get no answer. It sees what nothing in the app can: a name,
// a certificate or a network that does not work.
param location string
param tags object
param appInsightsName string
@description('Where from: ids of Application Insights, such as emea-nl-ams-azr.')
param places string[]
param url string
param email string

resource appInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: appInsightsName
}

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' existing = {
  name: 'ag-postback' // alerts.bicep
}

resource test 'Microsoft.Insights/webtests@2022-06-15' = {
  name: 'postback-ready'
  location: location
  tags: union(tags, { 'hidden-link:${appInsights.id}': 'Resource' }) // how Application Insights finds its tests
  kind: 'standard'
  properties: {
    Name: 'Postback: ready'
    SyntheticMonitorId: 'postback-ready'
    Kind: 'standard'
    Enabled: true
    RetryEnabled: true
    Frequency: 300
    Timeout: 30
    Locations: map(places, place => { Id: place })
    Request: { HttpVerb: 'GET', RequestUrl: url }
    ValidationRules: { ExpectedHttpStatusCode: 200, SSLCheck: true, SSLCertRemainingLifetimeCheck: 7 }
  }
}

resource alert 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'postback-not-reached'
  location: 'global'
  tags: tags
  properties: {
    description: 'The app does not answer its health check from outside, or answers that the queue or the key table cannot be reached.'
    severity: 1
    enabled: true
    scopes: [test.id, appInsights.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: test.id
      componentId: appInsights.id
      failedLocationCount: min(2, length(places))
    }
    actions: empty(email) ? [] : [{ actionGroupId: mail.id }]
  }
}
