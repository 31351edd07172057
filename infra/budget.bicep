// Mails when the resource group costs more than was meant. It stops nothing: the caps and maximumInstanceCount do.
param amount int
@description('The first day of a month, as 2026-11-01. Azure takes a new budget of the current month or a later one, and never changes the day of one that exists.')
param start string
param email string

// Without an address, who owns the resource group gets the mail.
var receivers = {
  contactEmails: empty(email) ? [] : [email]
  contactRoles: empty(email) ? ['Owner'] : []
}

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: 'postback'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: start }
    notifications: {
      actual80: { ...receivers, enabled: true, operator: 'GreaterThan', threshold: 80, thresholdType: 'Actual' }
      actual100: { ...receivers, enabled: true, operator: 'GreaterThan', threshold: 100, thresholdType: 'Actual' }
      forecast100: { ...receivers, enabled: true, operator: 'GreaterThan', threshold: 100, thresholdType: 'Forecasted' }
    }
  }
}
